"""Why a download failed, in the words and error classes of the product."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from http import HTTPStatus

import requests
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from sidecar.errors import ModelUnavailable, StorageError, VoiceboxError, from_os_error

FETCH_FAULTS = (OSError, ValueError)
"""What huggingface_hub and requests raise: their exceptions derive from these two."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Source:
    """What is fetched, for messages."""

    model: str
    repository: str
    revision: str

    def data(self, reason: str) -> dict[str, str]:
        """The error data that every failed download has."""
        return {"model": self.model, "reason": reason, "repository": self.repository}

    def refusal(self, reason: str, why: str, advice: str = "Try again later.") -> ModelUnavailable:
        """The error that says why this cannot be fetched."""
        return ModelUnavailable(f"{self.model} cannot be downloaded: {why}. {advice}", **self.data(reason))


def is_passing(fault: BaseException) -> bool:
    """Whether trying again may help: the network or the server failed, not the request or the disk."""
    fault = _cause(fault)
    if isinstance(fault, requests.HTTPError):
        status = fault.response.status_code if fault.response is not None else 0
        return (
            status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
    if isinstance(fault, requests.RequestException):
        return not isinstance(fault, requests.exceptions.ProxyError)
    # The client's check of a file's size raises a plain OSError: the connection ended early without saying so.
    return isinstance(fault, OSError) and fault.errno is None


def explained(fault: BaseException, source: Source) -> VoiceboxError:
    """The fault as one of our own, with the reason and what to do about it."""
    fault = _cause(fault)
    if isinstance(fault, requests.HTTPError):
        return _refused(fault, source)
    if isinstance(fault, requests.exceptions.ProxyError):
        return source.refusal("proxy", f"the proxy does not work ({fault})", "Check HTTPS_PROXY and HTTP_PROXY.")
    if isinstance(fault, requests.exceptions.SSLError):
        return source.refusal(
            "tls", f"the connection is not secure ({fault})", "Check the date and REQUESTS_CA_BUNDLE."
        )
    if isinstance(fault, requests.Timeout):
        return source.refusal("stalled", "the hub stopped answering", "What has come is kept; download it again later.")
    if isinstance(fault, requests.RequestException):
        return source.refusal(
            "network",
            f"the hub cannot be reached ({type(fault).__name__})",
            "Check the connection and download it again: what has come is kept. Without a network, models.install "
            "takes it from a folder.",
        )
    if isinstance(fault, OSError) and fault.errno in FULL:
        return StorageError(
            f"The disk is full: {source.model} could not be written on. Make room and download it again: what has "
            "come is kept.",
            reason="disk_full",
        )
    if isinstance(fault, OSError) and fault.errno is not None:
        return from_os_error(fault, f"Writing {source.model}")
    return source.refusal("protocol", f"the hub's answers make no sense ({fault})")


def _refused(fault: requests.HTTPError, source: Source) -> ModelUnavailable:
    status = fault.response.status_code if fault.response is not None else 0
    page = f"https://huggingface.co/{source.repository}"
    if isinstance(fault, GatedRepoError):
        advice = f"Accept its conditions at {page}, then set HF_TOKEN to a token of that account."
        return source.refusal("gated", "its authors ask for consent first", advice)
    if isinstance(fault, RevisionNotFoundError | EntryNotFoundError) or (
        isinstance(fault, RepositoryNotFoundError) and status == HTTPStatus.NOT_FOUND
    ):
        advice = "Check HF_ENDPOINT, or install it from a folder with models.install."
        return source.refusal("not_found", f"the hub does not have {source.repository}@{source.revision[:12]}", advice)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return source.refusal("denied", f"the hub refused (HTTP {status})", "Set HF_TOKEN to a token that may read it.")
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return source.refusal("proxy", "the proxy wants a name and a password", "Give them in HTTPS_PROXY.")
    return source.refusal("server", f"the hub answered with HTTP {status}", "What has come is kept; try again later.")


def _cause(fault: BaseException) -> BaseException:
    """The client wraps what kept it from asking into "not found"."""
    return fault.__cause__ if isinstance(fault, LocalEntryNotFoundError) and fault.__cause__ else fault
