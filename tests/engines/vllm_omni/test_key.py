from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from sidecar.engines.vllm_omni.key import SERVICE, find_key, keep_key, variable
from sidecar.errors import Conflict

ENGINE = "vllm-omni"


class InMemory(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("no such password")


class Locked(InMemory):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("sk-1 is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("sk-1 is locked")


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(variable(ENGINE), raising=False)
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def use(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)


@pytest.mark.usefixtures("chosen")
def test_a_key_is_kept_found_and_forgotten() -> None:
    use(InMemory())
    assert find_key(ENGINE) is None
    keep_key(ENGINE, "sk-1")
    assert find_key(ENGINE) == ("sk-1", "keyring")
    keep_key(ENGINE, None)
    assert find_key(ENGINE) is None
    keep_key(ENGINE, None)


@pytest.mark.usefixtures("chosen")
def test_the_environment_goes_before_the_keyring_and_cannot_be_changed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    use(InMemory())
    keep_key(ENGINE, "sk-1")
    monkeypatch.setenv("VOICEBOX_VLLM_OMNI_KEY", "sk-2")
    assert find_key(ENGINE) == ("sk-2", "environment")
    with pytest.raises(Conflict, match="VOICEBOX_VLLM_OMNI_KEY"):
        keep_key(ENGINE, "sk-3")


@pytest.mark.usefixtures("chosen")
def test_where_there_is_no_keyring_the_error_names_the_variable_to_use_instead() -> None:
    use(NoKeyring())
    assert find_key(ENGINE) is None
    for key in ("sk-1", None):
        with pytest.raises(Conflict, match="VOICEBOX_VLLM_OMNI_KEY") as fault:
            keep_key(ENGINE, key)
        assert "sk-1" not in str(fault.value.payload())


@pytest.mark.usefixtures("chosen")
def test_a_locked_keyring_is_told_without_what_it_says() -> None:
    use(Locked())
    for attempt in (lambda: find_key(ENGINE), lambda: keep_key(ENGINE, "sk-1")):
        with pytest.raises(Conflict, match="Unlock") as fault:
            attempt()
        assert "sk-1" not in str(fault.value.payload())


@pytest.mark.usefixtures("chosen")
def test_white_space_around_a_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable(ENGINE), " sk-2\r\n")
    assert find_key(ENGINE) == ("sk-2", "environment")
    monkeypatch.setenv(variable(ENGINE), "\n")
    use(InMemory())
    keyring.set_password(SERVICE, ENGINE, "sk-1\n")
    assert find_key(ENGINE) == ("sk-1", "keyring")


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("stored", ["sk-1\nx", "sk-1 x", "sk-1é", "sk-1\x7f"])
def test_what_no_header_can_hold_is_told_as_no_key_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    use(InMemory())
    keyring.set_password(SERVICE, ENGINE, stored)
    with pytest.raises(Conflict, match="keyring") as fault:
        find_key(ENGINE)
    assert "sk-1" not in str(fault.value.payload())
    monkeypatch.setenv(variable(ENGINE), stored)
    with pytest.raises(Conflict, match=variable(ENGINE)) as fault:
        find_key(ENGINE)
    assert "sk-1" not in str(fault.value.payload())
