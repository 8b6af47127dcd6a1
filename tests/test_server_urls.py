import pytest

from sidecar.server_urls import parse_servers


def test_several_servers_are_separated_by_commas_or_white_space_and_told_once() -> None:
    servers = parse_servers("https://a.example, https://b.example:8091/tts/\n https://a.example")
    assert [server.base for server in servers] == ["https://a.example", "https://b.example:8091/tts"]
    assert [server.host for server in servers] == ["a.example", "b.example:8091"]


def test_the_path_of_the_interface_may_be_left_at_the_end() -> None:
    assert parse_servers("https://a.example/v1/")[0].base == "https://a.example"


@pytest.mark.parametrize("address", ["http://localhost:8091", "http://127.0.0.1:8091", "http://[::1]:8091"])
def test_this_machine_may_be_named_with_http_and_get_a_key(address: str) -> None:
    assert parse_servers(address)[0].may_have_key


@pytest.mark.parametrize("address", ["http://192.168.1.20:8091", "http://10.0.0.7", "http://[fd00::7]:80"])
def test_a_private_address_may_be_named_with_http_but_gets_no_key(address: str) -> None:
    assert not parse_servers(address)[0].may_have_key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://speech.example.org", "use https"),
        ("http://8.8.8.8", "use https"),
        ("http://169.254.169.254", "use https"),
        ("http://localhost.example.org", "use https"),
        ("https://user:hunter2@a.example", "engines.set_key"),
        ("https://a.example?key=hunter2", "without ? and #"),
        ("ftp://hunter2.example", "https:// or http://"),
        ("https://a.example https://hunter2:port", "address 2 is no address"),
        ("hunter2", "https:// or http://"),
        (" , ", "at least one"),
        (",".join(f"https://s{number}.example" for number in range(17)), "16 are allowed"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_and_never_repeated(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as fault:
        parse_servers(text)
    assert said in str(fault.value)
    assert "hunter2" not in str(fault.value)
