"""The few exceptions of the product and their wire codes.

Raise one of these where the fault is known; `rpc.dispatch` is the one place that turns them into a JSON-RPC
error object, and `engines.worker.loop` the one place that sends them over the engine's pipe. Everything
else that escapes a handler is a bug and becomes `internal`, with its traceback in the log only.

A message says what was wrong, what is allowed and what to do next; it ends with a full stop.
"""

from __future__ import annotations

from typing import Any, ClassVar


class VoiceboxError(Exception):
    """A fault that the caller is told about: a wire code, a `kind` for programs, a message for people."""

    code: ClassVar[int]
    kind: ClassVar[str]

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data

    def payload(self) -> dict[str, Any]:
        """The error as it is stored with a job and sent over the engine's pipe: kind, message, data."""
        return {"kind": self.kind, "message": self.message, "data": self.data}


class InvalidParams(VoiceboxError):
    """Parameters that do not fit; `data.errors` is a list of `{loc, message, type}`."""

    code, kind = -32602, "invalid_params"

    @classmethod
    def about(cls, parameter: str, message: str, type: str = "value_error") -> InvalidParams:
        """One parameter that is of the right shape but makes no sense here."""
        return cls(message, errors=[{"loc": [parameter], "message": message, "type": type}])

    @classmethod
    def listing(cls, errors: list[dict[str, Any]]) -> InvalidParams:
        """All that does not fit, `{loc, message, type}` each and one at least; the message tells of the first."""
        where = ".".join(map(str, errors[0]["loc"])) or "params"
        what = errors[0]["message"].removeprefix("Value error, ").removesuffix(".")
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return cls(f"{where}: {what}{more}.", errors=errors)


class Cancelled(VoiceboxError):
    """The request, or the job that it waited for, was cancelled."""

    code, kind = -32800, "cancelled"


class NotFound(VoiceboxError):
    """`data.resource` and `data.id` name what does not exist."""

    code, kind = -32001, "not_found"


class Conflict(VoiceboxError):
    """A name is taken, or a thing is in use."""

    code, kind = -32002, "conflict"


class InvalidAudio(VoiceboxError):
    """Audio that cannot be used; `data.reason` names the measure, `data.measured` and `data.limit` the values."""

    code, kind = -32003, "invalid_audio"


class ModelUnavailable(VoiceboxError):
    """A model that is not installed; `data.model` names it and the message says how to get it."""

    code, kind = -32004, "model_unavailable"


class Unsupported(VoiceboxError):
    """Something the engine cannot do: said before a job exists, never ignored in silence."""

    code, kind = -32005, "unsupported"


class Busy(VoiceboxError):
    """The queue is full, a rate limit is reached or a job still runs; `data.retry_after_s` says when to try again."""

    code, kind = -32006, "busy"


class StorageError(VoiceboxError):
    """The disk is full, permission is denied, or the data folder is gone."""

    code, kind = -32007, "storage"


class EngineFailed(VoiceboxError):
    """The engine process crashed, ran out of memory, hung, or produced no speech."""

    code, kind = -32008, "engine_failed"


class Internal(VoiceboxError):
    """A bug; `data.error_id` is the id under which the log holds the traceback."""

    code, kind = -32603, "internal"


_BY_KIND: dict[str, type[VoiceboxError]] = {
    error.kind: error
    for error in (
        InvalidParams,
        Cancelled,
        NotFound,
        Conflict,
        InvalidAudio,
        ModelUnavailable,
        Unsupported,
        Busy,
        StorageError,
        EngineFailed,
        Internal,
    )
}


def from_payload(payload: dict[str, Any]) -> VoiceboxError:
    """The exception that `VoiceboxError.payload` described, rebuilt on this side of a pipe."""
    error = _BY_KIND.get(payload.get("kind", ""), EngineFailed)
    return error(payload.get("message", "The engine gave no reason."), **payload.get("data", {}))


def from_os_error(error: OSError, what: str) -> StorageError:
    """A `storage` error that says which file operation failed, why, and what to do about it."""
    reason = error.strerror or type(error).__name__
    return StorageError(
        f"{what} failed: {reason}. Check the free space and the permissions of the folder, then try again.",
        reason=reason,
        path=str(error.filename) if error.filename else None,
    )


def wire_errors() -> list[dict[str, Any]]:
    """Every error of the product for `rpc.discover`: code, kind and what it means."""
    return [
        {"code": error.code, "kind": error.kind, "meaning": (error.__doc__ or "").strip()}
        for error in _BY_KIND.values()
    ]
