"""`djplatform doctor`: what is configured, what is simulated, what is wrong and how to mend it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from djplatform.cli.checks_database import database, policy_table
from djplatform.cli.checks_machine import machine, variables, vendors
from djplatform.cli.findings import Finding, off, problem
from djplatform.cli.options import DataDir, Json, chosen_data_dir
from djplatform.cli.output import show, show_json
from djplatform.cli.preparation import LOGIN_VARIABLES, CannotStartError, external_url
from djplatform.core.db import embedded
from djplatform.core.db.roles import DATABASE
from djplatform.core.secrets import FILE, BrokenSecretsError, load_or_create
from djplatform.settings import Settings

SIGNS = {"ok": "ok     ", "off": "off    ", "problem": "PROBLEM"}


def doctor(*, data_dir: DataDir = None, json: Json = False) -> int:
    """Say what is configured, what runs in the sandbox, and what is wrong and how to mend it.

    Exits with 1 when something has to be mended. Changes nothing; an embedded database that is
    not running is started for the time of the examination.
    """
    place = chosen_data_dir(data_dir)
    with ExitStack() as open_:
        findings, policies = _examine(place, open_)
    sick = any(one.state == "problem" for one in findings)
    if json:
        checks = [asdict(one) for one in findings]
        show_json({"ok": not sick, "checks": checks, "policies": policies})
    else:
        _print(findings, policies)
    return 1 if sick else 0


def _examine(place: Path, open_: ExitStack) -> tuple[list[Finding], list[dict[str, Any]]]:
    findings = [*machine(place), variables()]
    if findings[-1].state == "problem":
        return findings, []  # nothing that is read from the settings could be trusted
    here = Settings()
    external = bool(here.owner_url.get_secret_value())
    findings += vendors(here, sandbox=here.sandbox or not external)
    try:
        urls = _urls(place, open_)
    except (CannotStartError, BrokenSecretsError, embedded.EmbeddedServerError) as error:
        return [*findings, problem("database", str(error), "")], []
    except OSError as error:
        said = f"{error.filename} cannot be read: {error.strerror}"
        return [*findings, problem("database", said, "Give another place with --data-dir.")], []
    if urls is None:
        mend = "`djplatform up` creates it."
        return [*findings, off("database", f"nothing in {place} yet", mend)], []
    findings += database(*urls)
    try:
        return findings, policy_table(urls[0])
    except psycopg.OperationalError:
        return findings, []  # `database` has said it already


def _urls(place: Path, open_: ExitStack) -> tuple[str, str] | None:
    """Give the URLs of the owner and of the web login; None before the first `up`."""
    from djplatform.core.db.bootstrap import with_login

    url = external_url()
    if not (place / FILE).exists():
        given = os.environ.get(LOGIN_VARIABLES["djp_web"], "")
        return (url, given) if url and given else None
    password = load_or_create(place).passwords["djp_web"]
    if url:
        name = conninfo_to_dict(url).get("dbname") or DATABASE
        made = with_login(url, "djp_web", password, str(name))
        return url, os.environ.get(LOGIN_VARIABLES["djp_web"], "") or made
    if not (embedded.data_folder(place) / "PG_VERSION").exists():
        return None
    server = embedded.start(place)
    open_.callback(server.stop)
    owner = server.login_url(embedded.SUPERUSER, "", DATABASE)
    return owner, server.login_url("djp_web", password, DATABASE)


def _print(findings: list[Finding], policies: list[dict[str, Any]]) -> None:
    width = max(len(one.name) for one in findings)
    for one in findings:
        show(f"{SIGNS[one.state]}  {one.name:<{width}}  {one.detail}")
        if one.mend:
            show(f"{'':<9}{'':<{width}}  {one.mend}")
    for line in _policy_lines(policies):
        show(line)


def _policy_lines(policies: list[dict[str, Any]]) -> Iterator[str]:
    if policies:
        yield ""
        yield "Who may do what, from the catalog:"
    for row in policies:
        yield f"  {row['table']}"
        for policy in row["policies"]:
            yield f"    {policy['command']:<7} {', '.join(policy['roles'])}  ({policy['name']})"
