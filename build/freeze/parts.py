"""What is known of bundled parts that do not say it themselves: their licences, whose they are, which files they are.

Licences are SPDX expressions. Where a part may be had under several, the one that is chosen here stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass

GPL = ("GPL-2.0-or-later", "GPL-3.0-or-later")
EXCEPTIONS = ("Bootloader-exception", "GCC-exception-3.1", "LLVM-exception")
"""What allows a program under any licence to hold the part, though that is under the GPL itself."""
KNOWN = (
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSL-1.0", "CC0-1.0", "CNRI-Python"),
    *("FTL", "IJG", "LGPL-2.1-or-later", "LGPL-3.0-or-later", "LicenseRef-Microsoft", "MIT", "MIT-0", "MIT-CMU"),
    *("MIT-Modern-Variant", "MPL-2.0", "PSF-2.0", "Unicode-3.0", "Zlib", "blessing", "bzip2-1.0.6", "libpng-2.0"),
    *("libtiff", *GPL),
)

SPDX = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "gnu general public license v3 (gplv3)": "GPL-3.0-or-later",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gplv2-or-later with a special exception which allows to use pyinstaller to build and distribute non-free programs "
    "(including commercial ones)": "GPL-2.0-or-later WITH Bootloader-exception",
    "gplv3": "GPL-3.0-or-later",
    "lgpl": "LGPL-2.1-or-later",
    "mit license": "MIT",
}
"""What stands in the metadata of packages, in small letters, where it is no SPDX expression."""


@dataclass(frozen=True)
class Part:
    """A part of the bundle that is no Python package, or one whose package holds no licence text.

    `files` are patterns of its files' names. The text is the copyright line and the texts of its licences.
    """

    name: str
    licence: str
    copyright: str
    files: tuple[str, ...] = ()


TEXTLESS = (
    Part("ctranslate2", "MIT", "Copyright (c) 2018- SYSTRAN.\nCopyright (c) 2019- The OpenNMT Authors."),
    Part(
        "espeakng-loader", "GPL-3.0-or-later", "Copyright (c) 2005-2025 the espeak-ng project and Jonathan Duddington"
    ),
    Part("flatbuffers", "Apache-2.0", "Copyright (c) Google Inc."),
    Part("sentencex", "MIT", "Copyright (c) 2023 Santhosh Thottingal"),
    Part("tokenizers", "Apache-2.0", "Copyright (c) Hugging Face"),
)
"""Python packages without a licence text of their own."""

MODELS = (
    Part("kokoro-82m", "Apache-2.0", "Copyright (c) hexgrad; ONNX export (MIT): Copyright (c) thewh1teagle"),
    Part("whisper-tiny.en", "MIT", "Copyright (c) 2022 OpenAI"),
    Part("whisper-base", "MIT", "Copyright (c) 2022 OpenAI"),
    Part("speaker-encoder", "Apache-2.0", "Copyright (c) Resemble AI. The origin of the weights is not stated."),
    Part("silero-vad", "MIT", "Copyright (c) 2020-present Silero Team"),
)
"""Models inside, by the names of their folders; Silero's lies in faster_whisper."""

_MICROSOFT = """\
Copyright (c) Microsoft Corporation. "Distributable Code" in the sense of Visual Studio's licence terms: whoever is
licensed to use Visual Studio may copy and distribute these files with a program, and may not modify them. On Windows
only; see https://learn.microsoft.com/visualstudio/releases/2022/redistribution.
"""
_GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
_FFMPEG = "Copyright (c) 2000-2026 the FFmpeg developers; built as LGPL version 3 or later, without --enable-gpl"
_OF_GCC = ("libatomic*", "libgcc_s*", "libgfortran*", "libgomp*", "libquadmath*", "libstdc++*")
_FSF = "Copyright (c) Free Software Foundation, Inc."

LIBRARIES = (
    # Inside wheels, beside the package (*.libs).
    Part("ALSA library", "LGPL-2.1-or-later", "Copyright (c) Jaroslav Kysela and others", ("libasound*",)),
    Part("Brotli", "MIT", "Copyright (c) 2009, 2010, 2013-2016 by the Brotli Authors", ("libbrotli*",)),
    Part("dav1d", "BSD-2-Clause", "Copyright (c) 2018-2025 VideoLAN and dav1d authors", ("libdav1d*",)),
    Part(
        "FFmpeg",
        "LGPL-3.0-or-later",
        _FFMPEG,
        tuple(
            f"*{name}[-.]*"
            for name in ("avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale")
        ),
    ),
    Part("FreeType", "FTL", "Copyright (c) 1996-2025 The FreeType Project", ("libfreetype*",)),
    Part("GMP", "LGPL-3.0-or-later", _FSF, ("libgmp*",)),
    Part("GnuTLS", "LGPL-2.1-or-later", f"{_FSF} and others", ("libgnutls*",)),
    Part("LAME", "LGPL-2.1-or-later", "Copyright (c) 1999-2025 the LAME developers", ("libmp3lame*",)),
    Part("HarfBuzz", "MIT-Modern-Variant", "", ("libharfbuzz*",)),
    Part("libavif", "BSD-2-Clause", "Copyright 2019 Joe Drago", ("libavif*",)),
    Part("libjpeg-turbo", "IJG AND BSD-3-Clause", "Copyright (c) the libjpeg-turbo authors", ("libjpeg*",)),
    Part("libtiff", "libtiff", "", ("libtiff*",)),
    Part("Little CMS", "MIT", "Copyright (c) 1998-2025 Marti Maria Saguer", ("liblcms2*",)),
    Part("libdrm", "MIT", "Copyright (c) the libdrm authors", ("libdrm*",)),
    Part("libpng", "libpng-2.0", "Copyright (c) 1995-2025 the PNG Reference Library Authors", ("libpng*",)),
    Part("libunistring", "LGPL-3.0-or-later", _FSF, ("libunistring*",)),
    Part("libvpl", "MIT", "Copyright (c) Intel Corporation", ("libvpl*",)),
    Part("libvpx", "BSD-3-Clause", "Copyright (c) 2010 The WebM Project authors", ("libvpx*",)),
    Part("libwebp", "BSD-3-Clause", "Copyright (c) 2010 Google Inc.", ("libwebp*", "libsharpyuv*")),
    Part("Nettle", "LGPL-3.0-or-later", "Copyright (c) Niels Möller and others", ("libnettle*", "libhogweed*")),
    Part("opencore-amr", "Apache-2.0", "Copyright (c) 1998-2009 PacketVideo", ("libopencore-amr*",)),
    Part("OpenJPEG", "BSD-2-Clause", "Copyright (c) 2002-2025 the OpenJPEG contributors", ("libopenjp2*",)),
    Part("oneDNN, in CTranslate2", "Apache-2.0", "Copyright (c) Intel Corporation and others", ("libctranslate2*",)),
    Part("OpenBLAS", "BSD-3-Clause", "Copyright (c) 2011-2014, The OpenBLAS Project", ("libscipy_openblas*",)),
    Part("Opus", "BSD-3-Clause", "Copyright (c) 2001-2023 Xiph.Org, Skype Limited and others", ("libopus*",)),
    Part("SVT-AV1", "BSD-3-Clause-Clear", "Copyright (c) 2019, Alliance for Open Media", ("libSvtAv1Enc*",)),
    Part("Zstandard", "BSD-3-Clause", "Copyright (c) Meta Platforms, Inc. and affiliates", ("libzstd*",)),
    Part("x264", "GPL-2.0-or-later", "Copyright (c) 2003-2025 x264 project", ("libx264*",)),
    Part("x265", "GPL-2.0-or-later", "Copyright (c) 2013-2025 MulticoreWare, Inc", ("libx265*",)),
    Part("XCB, Xau", "MIT", "Copyright (c) the X.Org authors", ("libxcb*", "libXau*")),
    # Of the system that the bundle was made on.
    Part("bzip2", "bzip2-1.0.6", "Copyright (c) 1996-2019 Julian R Seward", ("libbz2*",)),
    Part("expat", "MIT", "Copyright (c) 1998-2025 Thai Open Source Software Center Ltd and others", ("libexpat*",)),
    Part("GCC's libraries", _GCC, _FSF, _OF_GCC),
    Part("libffi", "MIT", "Copyright (c) 1996-2025 Anthony Green, Red Hat, Inc and others", ("libffi*",)),
    Part("libuuid", "BSD-3-Clause", "Copyright (c) 1996-2025 Theodore Ts'o and others", ("libuuid*",)),
    Part(
        "ncurses",
        "MIT",
        "Copyright (c) Thomas E. Dickey and the Free Software Foundation",
        ("libncurses*", "libtinfo*"),
    ),
    Part("OpenSSL", "Apache-2.0", "Copyright (c) 1998-2025 The OpenSSL Project Authors", ("libssl*", "libcrypto*")),
    Part("Python", "PSF-2.0", "Copyright (c) 2001-2026 Python Software Foundation", ("libpython*", "python3*")),
    Part("readline", "GPL-3.0-or-later", _FSF, ("libreadline*",)),
    Part("SQLite", "blessing", "", ("libsqlite3*", "sqlite3*")),
    Part(
        "Visual C++ runtime", "LicenseRef-Microsoft", _MICROSOFT, ("vcruntime*", "msvcp*", "ucrtbase*", "api-ms-win-*")
    ),
    Part("XZ Utils (liblzma)", "0BSD", "Copyright (c) The XZ Utils authors and contributors", ("liblzma*",)),
    Part("zlib", "Zlib", "Copyright (c) 1995-2024 Jean-loup Gailly and Mark Adler", ("libz.*", "zlib*")),
)
"""Shared libraries that packages or the system bring along, by the names of their files."""
