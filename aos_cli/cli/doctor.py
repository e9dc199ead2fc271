"""`aos doctor`: looks at everything that the program needs, changes nothing, and says what to do."""

from __future__ import annotations

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.render.doctor import Finding, finding_lines, summary
from aos_cli.status import ExitStatus


@click.command("doctor", cls=AosCommand)
@click.option("--deep", is_flag=True, help="Also check every signature and hash chain of the stores.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_app
def doctor_command(app: App, deep: bool, as_json: bool) -> int:
    """Check home, settings, store, wallet, node, terminal and Lua, and say what to do. Nothing is changed.

    The exit status is that of the first problem, 0 when there is none; what is only worth knowing is a note.
    """
    from aos_cli.cli.checks import checks

    environment = app.environment
    found: list[Finding] = []
    for finding in checks(app, deep=deep):
        found.append(finding)
        if as_json:
            app.write_json(finding.record())
        else:
            console = environment.console(environment.stdout)
            for line in finding_lines(finding, environment.width if environment.stdout_is_tty else None):
                console.print(line)
    if not as_json:
        app.note(summary(found))
    return next((finding.status for finding in found if finding.state == "problem"), ExitStatus.OK)
