"""The key that servers may ask for: in the system's keyring, or, where there is none, in an environment variable.

Only an engine process comes here. A key is never written to a file, a log, an error or a progress report.
"""

from __future__ import annotations

import os
from typing import Literal

import keyring
from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError

from sidecar.errors import Conflict
from sidecar.server_urls import is_key

SERVICE = "voicebox-sidecar"
Source = Literal["keyring", "environment"]


def variable(engine: str) -> str:
    """The environment variable that holds an engine's key; it goes before the keyring."""
    return f"VOICEBOX_{engine.replace('-', '_').upper()}_KEY"


def find_key(engine: str) -> tuple[str, Source] | None:
    """An engine's key and where it is from; None if there is none, or no keyring.

    Raises:
        Conflict: the keyring is locked, or what was found there is no key.

    """
    if key := os.environ.get(variable(engine), "").strip():
        return _fit(key, f"The environment variable {variable(engine)}"), "environment"
    try:
        stored = keyring.get_password(SERVICE, engine)
    except NoKeyringError:
        return None
    except KeyringError as fault:
        raise _unusable(fault) from None
    key = (stored or "").strip()
    return (_fit(key, "The system's keyring"), "keyring") if key else None


def keep_key(engine: str, key: str | None) -> None:
    """Put an engine's key into the keyring, or with None take it out.

    Raises:
        Conflict: the environment has one, which would go before it; or there is no keyring, or it is locked.

    """
    if os.environ.get(variable(engine), "").strip():
        raise Conflict(
            f"The environment variable {variable(engine)} holds the key; unset it and start again to keep another.",
            resource="key",
            id=engine,
        )
    try:
        if key is None:
            keyring.delete_password(SERVICE, engine)
        else:
            keyring.set_password(SERVICE, engine, key)
    except PasswordDeleteError:
        # There was none, as was wanted.
        return
    except NoKeyringError:
        raise Conflict(
            "This system has no keyring to keep a key in (on Linux: GNOME Keyring or KWallet, in a desktop session). "
            f"Put the key into the environment variable {variable(engine)} instead.",
            resource="key",
            id=engine,
        ) from None
    except KeyringError as fault:
        raise _unusable(fault) from None


def _fit(key: str, holder: str) -> str:
    """The key, if a header may hold it. Errors of what sends headers repeat one that they refuse."""
    if is_key(key):
        return key
    raise Conflict(
        f"{holder} holds something that is no key: a key consists of letters, digits and signs of ASCII, without "
        "spaces. Set the right one with engines.set_key, or mend it there.",
        resource="key",
    )


def _unusable(fault: KeyringError) -> Conflict:
    return Conflict(
        f"The system's keyring cannot be used ({type(fault).__name__}). Unlock it and try again.", resource="key"
    )
