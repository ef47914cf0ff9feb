"""Who calls a server, and which server is trusted: keys, tokens and certificates, named and not written down."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from gnomon.errors import InvalidArgument

if TYPE_CHECKING:
    import ssl

_REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")


class Credentials(NamedTuple):
    """What goes along with every call to a server."""

    bearer: str = ""
    ca: str = ""
    client_cert: tuple[str, ...] = ()

    def headers(self) -> dict[str, str]:
        """The header that says who calls."""
        return {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}

    def tls(self) -> ssl.SSLContext:
        """What a client of HTTPS trusts and shows."""
        import ssl  # here, because importing the SDK shall not load TLS

        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.client_cert:
                context.load_cert_chain(*self.client_cert)
        except OSError as error:
            raise InvalidArgument(f"TLS files: {error}", id="GN647", hint="They are PEM files") from error
        return context


NOBODY = Credentials()


def credentials_of(
    api_key: str | None, token: str | None, ca: str | None, client_cert: str | tuple[str, str] | None
) -> Credentials:
    """What the arguments of a store say, with references followed."""
    if api_key is not None and token is not None:
        raise InvalidArgument("api_key and token are two ways to say who calls", id="GN700", hint="Give one of them")
    pair = (client_cert,) if isinstance(client_cert, str) else tuple(client_cert or ())
    bearer = api_key if api_key is not None else token
    return Credentials(_followed(bearer), _path(ca), tuple(_path(path) for path in pair))


def _path(text: str | None) -> str:
    """Like `_followed`, but a file is what is wanted, and not what it holds."""
    found = _REFERENCE.fullmatch(text or "")
    return found.group(2) if found is not None and found.group(1) == "file" else _followed(text)


def _followed(text: str | None) -> str:
    """The text, or what ``${env:NAME}`` or ``${file:PATH}`` stands for.

    >>> os.environ["GNOMON_EXAMPLE_KEY"] = "gn_example"
    >>> _followed("${env:GNOMON_EXAMPLE_KEY}")
    'gn_example'
    """
    found = _REFERENCE.fullmatch(text or "")
    if found is None:
        return text or ""
    kind, name = found.groups()
    try:
        if kind == "env":
            return os.environ[name]
        with open(name, encoding="utf-8") as file:
            return file.read().strip()
    except (KeyError, OSError) as error:
        raise InvalidArgument(f"{text} stands for nothing: {error}", id="GN638") from error
