from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.engines.table import EngineModel, EngineSpec, StockVoice
from sidecar.errors import InvalidParams, ModelUnavailable, NotFound, Unsupported, VoiceboxError
from sidecar.services.models.catalogue import Catalogue, Wish
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.table import ModelEntry

GRAND = EngineSpec(
    id="grand",
    name="Grand",
    adapter="nowhere:Grand",
    models=(
        EngineModel("grand-clone", ("cloned",)),
        EngineModel("grand-design", ("designed", "preset"), instruct=True),
        EngineModel("grand-preset", ("preset",)),
    ),
    fidelity={"cloned": "cloned", "designed": "designed", "preset": "preset"},
    languages=("en", "zh"),
    sample_rate=24_000,
    licence="MIT",
    max_chunk_chars=400,
    prompt_version=1,
    modules=(),
    sampling=True,
    voices=(StockVoice("mei", "Mei", "zh", "female"),),
)
SMALL = EngineSpec(
    id="small",
    name="Small",
    adapter="nowhere:Small",
    models=(EngineModel("small", ("preset", "cloned")),),
    fidelity={"preset": "preset", "cloned": "matched"},
    languages=("en",),
    sample_rate=24_000,
    licence="MIT",
    max_chunk_chars=400,
    prompt_version=1,
    modules=(),
    extra_languages=("fr",),
    extra_modules=("json",),
    speed=True,
    speed_range=(0.7, 1.5),
    voices=(StockVoice("ada", "Ada", "en", "female"), StockVoice("bob", "Bob", "en", "male")),
)


def entry(model_id: str, engine: str, *languages: str) -> ModelEntry:
    return ModelEntry(
        id=model_id,
        engine=engine,
        name=model_id.title(),
        files={"weights.bin": 3, "config.json": 2},
        memory_bytes=1,
        licence="MIT",
        languages=languages,
        source="here",
        revision="1",
    )


MODELS = (
    entry("grand-clone", "grand"),
    entry("grand-design", "grand"),
    entry("grand-preset", "grand"),
    entry("small", "small"),
    entry("hears-english", "whisper", "en"),
    entry("hears-all", "whisper", "en", "zh"),
)


def install(folder: Path, *models: str) -> None:
    for model in models:
        (folder / model).mkdir(parents=True)
        (folder / model / "weights.bin").write_bytes(b"123")
        (folder / model / "config.json").write_bytes(b"{}")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "elsewhere", tmp_path / "own"


@pytest.fixture
def catalogue(folders: tuple[Path, Path]) -> Catalogue:
    return Catalogue((GRAND, SMALL), MODELS, ModelPlaces(folders))


@pytest.mark.parametrize(
    ("installed", "wish", "model"),
    [
        (["grand-clone", "small"], Wish("cloned", "en"), "grand-clone"),
        (["small"], Wish("cloned", "en"), "small"),
        (["grand-clone", "small"], Wish("cloned", "en", engine="small"), "small"),
        (["grand-clone", "small"], Wish("cloned", "en", prefer="small"), "small"),
        (["grand-clone", "small"], Wish("cloned", "en", engine="grand", prefer="small"), "grand-clone"),
        (["grand-clone", "small"], Wish("cloned", "en", sampling=True, prefer="small"), "grand-clone"),
        (["grand-clone"], Wish("cloned", "en", prefer="small"), "grand-clone"),
        (["grand-clone", "small"], Wish("cloned", "en", model="small"), "small"),
        (["grand-clone", "small"], Wish("cloned", "en", speed=2.0), "grand-clone"),
        (["grand-clone", "small"], Wish("cloned", "fr"), "small"),
        (["grand-clone", "small"], Wish("cloned", "en", sampling=True), "grand-clone"),
        (["grand-preset", "small"], Wish("preset", "en"), "grand-preset"),
        (["grand-preset", "grand-design"], Wish("preset", "en"), "grand-design"),
        (["grand-preset", "grand-design"], Wish("preset", "en", model="grand-preset"), "grand-preset"),
        (["grand-preset", "grand-design"], Wish("preset", "en", instruct=True), "grand-design"),
        (["grand-design"], Wish("designed", "zh"), "grand-design"),
    ],
)
def test_the_best_installed_engine_that_can_do_all_of_it_is_chosen(
    catalogue: Catalogue, folders: tuple[Path, Path], installed: list[str], wish: Wish, model: str
) -> None:
    install(folders[1], *installed)
    choice = catalogue.choose(wish)
    assert (choice.model.id, choice.model_dir) == (model, folders[1] / model)
    assert model in {known.id for known in choice.engine.models}


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        (Wish("cloned", "en", engine="great"), NotFound, r"no engine 'great'; there are: grand, small"),
        (Wish("cloned", "en", model="great"), NotFound, r"no model 'great'"),
        (Wish("cloned", "en", engine="small", model="great"), NotFound, r"no model 'great'"),
        (
            Wish("cloned", "en", engine="small", model="grand-clone"),
            InvalidParams,
            r"is no model of Small; it has",
        ),
        (Wish("cloned", "en", model="hears-all"), InvalidParams, r"'hears-all' does not speak"),
        (Wish("designed", "en", engine="small"), Unsupported, r"designed voice \(it can: preset, cloned\)"),
        (Wish("cloned", "de", engine="small"), Unsupported, r"speak 'de' here \(it can: en, fr\)"),
        (Wish("cloned", "de"), Unsupported, r"Grand cannot speak 'de' here \(it can: en, zh\)"),
        (Wish("cloned", "en", engine="small", instruct=True), Unsupported, r"leave out instruct"),
        (Wish("cloned", "en", engine="grand", instruct=True), Unsupported, r"grand-clone cannot follow an instruction"),
        (Wish("cloned", "en", engine="small", sampling=True), Unsupported, r"leave out sampling"),
        (Wish("cloned", "en", engine="small", speed=1.6), Unsupported, r"speed 1.6 \(it can: 0.7 to 1.5\)"),
        (Wish("cloned", "en", engine="grand", speed=2.1), Unsupported, r"speed 2.1 \(it can: 0.5 to 2\)"),
        (
            Wish("designed", "en", engine="grand", model="grand-clone"),
            Unsupported,
            r"cannot speak in a designed voice",
        ),
        (
            Wish("designed", "en"),
            ModelUnavailable,
            r"Grand-Design is not installed\. It comes from here; put its files",
        ),
        (Wish("cloned", "zh", model="grand-clone"), ModelUnavailable, r"Grand-Clone is not installed"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_can(
    catalogue: Catalogue, folders: tuple[Path, Path], wish: Wish, error: type[VoiceboxError], says: str
) -> None:
    install(folders[1], "small")
    with pytest.raises(error, match=says):
        catalogue.choose(wish)


def test_an_engine_without_its_packages_says_which_and_how_to_get_them(folders: tuple[Path, Path]) -> None:
    install(folders[1], "small")
    bare = replace(SMALL, modules=("json", "no_such_package"), extra_modules=("no_such_package",))
    catalogue = Catalogue((bare,), MODELS, ModelPlaces(folders))
    with pytest.raises(ModelUnavailable, match=r"needs the packages no_such_package; .* extra 'small'"):
        catalogue.choose(Wish("cloned", "en"))
    assert "no_such_package" in (catalogue.unavailable_reason(bare) or "")
    assert catalogue.languages(bare) == ["en"]


def test_without_the_stretcher_an_engine_that_needs_it_has_one_speed_and_says_what_to_install(
    catalogue: Catalogue, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folders[1], "grand-clone", "small")
    monkeypatch.setattr("sidecar.services.models.catalogue.STRETCH_MODULES", ("no_such_package",))
    assert (catalogue.speed_range(GRAND), catalogue.speed_range(SMALL)) == ((1.0, 1.0), (0.7, 1.5))
    assert catalogue.choose(Wish("cloned", "en")).engine is GRAND
    assert catalogue.choose(Wish("cloned", "en", speed=1.2)).engine is SMALL
    with pytest.raises(Unsupported, match=r"no_such_package .* 0.5 to 2; .* extra 'speed'") as refusal:
        catalogue.choose(Wish("cloned", "en", engine="grand", speed=1.2))
    assert refusal.value.data == {"engine": "grand", "extra": "speed"}


def test_an_engine_is_available_once_one_of_its_models_is_installed(
    catalogue: Catalogue, folders: tuple[Path, Path]
) -> None:
    assert "grand-clone" in (catalogue.unavailable_reason(GRAND) or "")
    install(folders[1], "grand-preset")
    assert catalogue.unavailable_reason(GRAND) is None


def test_a_model_is_installed_when_every_file_has_its_size(catalogue: Catalogue, folders: tuple[Path, Path]) -> None:
    model = MODELS[3]
    assert catalogue.state(model) == ("absent", None)
    install(folders[1], "small")
    here = folders[1] / "small"
    assert catalogue.state(model) == ("installed", here)
    (here / "weights.bin").write_bytes(b"12")
    assert catalogue.state(model) == ("partial", here)
    assert catalogue.location(model) is None


def test_a_whole_model_in_a_later_folder_is_preferred_to_half_of_one_in_the_first(
    catalogue: Catalogue, folders: tuple[Path, Path]
) -> None:
    for folder in folders:
        install(folder, "small")
    assert catalogue.location(MODELS[3]) == folders[0] / "small"
    (folders[0] / "small" / "weights.bin").unlink()
    assert catalogue.location(MODELS[3]) == folders[1] / "small"


@pytest.mark.parametrize(
    ("installed", "language", "model", "chosen"),
    [
        (["hears-english", "hears-all"], "en", None, "hears-english"),
        (["hears-all"], "en", None, "hears-all"),
        (["hears-english", "hears-all"], "zh", None, "hears-all"),
        (["hears-english", "hears-all"], None, None, "hears-all"),
        (["hears-english", "hears-all"], "en", "hears-all", "hears-all"),
    ],
)
def test_the_first_installed_model_that_knows_the_language_listens(
    catalogue: Catalogue,
    folders: tuple[Path, Path],
    installed: list[str],
    language: str | None,
    model: str | None,
    chosen: str,
) -> None:
    install(folders[1], *installed)
    assert catalogue.transcriber(language, model)[0].id == chosen


@pytest.mark.parametrize(
    ("language", "model", "error", "says"),
    [
        ("de", None, Unsupported, "does not understand de"),
        ("zh", "hears-english", Unsupported, "does not understand zh"),
        (None, "hears-english", Unsupported, "just any language"),
        ("zh", None, ModelUnavailable, "Hears-All is not installed"),
        ("en", "small", InvalidParams, "'small' does not transcribe"),
        ("en", "great", NotFound, "no model 'great'"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    catalogue: Catalogue,
    folders: tuple[Path, Path],
    language: str | None,
    model: str | None,
    error: type[VoiceboxError],
    says: str,
) -> None:
    install(folders[1], "hears-english")
    with pytest.raises(error, match=says):
        catalogue.transcriber(language, model)


@pytest.mark.parametrize(
    ("engine", "language", "expected"),
    [
        (None, None, ["mei", "ada", "bob"]),
        ("small", None, ["ada", "bob"]),
        (None, "zh", ["mei"]),
        ("small", "zh", []),
    ],
)
def test_stock_voices_are_listed_by_engine_and_language(
    catalogue: Catalogue, engine: str | None, language: str | None, expected: list[str]
) -> None:
    assert [voice.voice_id for _, voice in catalogue.voices(engine, language)] == expected


def test_a_stock_voice_is_one_of_its_engines(catalogue: Catalogue) -> None:
    catalogue.require_voice("small", "ada")
    with pytest.raises(NotFound, match="Grand has no voice 'ada'"):
        catalogue.require_voice("grand", "ada")
