"""Who may see the pages: everybody on this machine; where it is served to others, whoever has signed in.

Signing in is Streamlit's own, by OpenID Connect: https://docs.streamlit.io/develop/concepts/connections/authentication
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Collection

import streamlit as st

from app.views.markup import show

LOGIN = "IAMATLAS_EXPLORE_LOGIN"
USERS = "IAMATLAS_EXPLORE_USERS"
_LOCAL = ("127.0.0.1", "::1", "localhost")
_YES = ("on", "true", "yes", "1")
_NO = ("off", "false", "no", "0")


def served_to_others() -> bool:
    """Whether the explorer listens on more than this machine, or somebody says that it stands behind a proxy."""
    return st.get_option("server.address") not in _LOCAL or _said(LOGIN) in _YES


def may_enter() -> bool:
    """Whether this visitor may see the pages. Says what is to be done where not."""
    if not served_to_others() or _said(LOGIN) in _NO:
        # Nobody signs in here. So no page of somebody else's may ask in a visitor's browser, which it could by a
        # name of its own that it lets point to this machine (DNS rebinding).
        host = st.context.headers.get("Host") or ""
        if is_own_name(host, (st.get_option("server.address"), st.get_option("browser.serverAddress"))):
            return True
        show("gate", title="This explorer is not known by this name", login="", users="", name=host)
        return False
    if "auth" not in _secrets():
        show("gate", title="This explorer is served to others, and nobody can sign in", login=LOGIN, users="")
        return False
    if not st.user.is_logged_in:
        show("gate", title="Sign in to see this explorer", login="", users="")
        st.button("Sign in", on_click=st.login, type="primary")
        return False
    if not is_invited(st.user, os.environ.get(USERS, "")):
        show("gate", title=f"{_name()} may not see this explorer", login="", users=USERS)
        show_sign_out()
        return False
    return True


def is_own_name(host: str, names: Collection[str | None]) -> bool:
    """Whether a request names (in its header Host) this machine or one of these names.

    An address in digits is nobody's to point elsewhere; what is no browser may name no host at all.
    """
    name = host.lower().strip()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name in ("", "localhost") or name in [each.lower() for each in names if each]:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_invited(user: object, invited: str) -> bool:
    """Whether a user may enter: one whose address, confirmed, is in a list `ann@example.com, @example.org`.

    An empty list invites all whom the provider lets sign in.
    """
    wanted = [each.strip().lower() for each in invited.split(",") if each.strip()]
    if not wanted:
        return True
    claims = user.to_dict() if hasattr(user, "to_dict") else {}
    email = str(claims.get("email") or "").lower()
    if not email or claims.get("email_verified") in (False, "false"):
        return False
    return any(email == each or (each.startswith("@") and email.endswith(each)) for each in wanted)


def show_sign_out() -> None:
    """A button that signs out, where somebody has signed in."""
    if served_to_others() and _said(LOGIN) not in _NO and "auth" in _secrets() and st.user.is_logged_in:
        st.button("Sign out", on_click=st.logout, type="tertiary", key="sign-out")


def _name() -> str:
    claims = st.user.to_dict()
    return str(claims.get("email") or claims.get("name") or "you")[:120]


def _said(name: str) -> str:
    return os.environ.get(name, "").strip().lower()


def _secrets() -> set[str]:
    """The sections of secrets.toml; none where there is no such file."""
    from streamlit.runtime.secrets import secrets_singleton

    return set(st.secrets) if secrets_singleton.load_if_toml_exists() else set()
