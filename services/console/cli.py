"""`onewindow`: everything an operator does. `onewindow --help` is the manual."""

import sys

import typer

from services.console import clock_commands

LIGHT = ("clock", "calendar")
"""Commands that need none of the services: they answer at once, and where a service is broken, too."""


def application(asked: str | None = None) -> typer.Typer:
    """Give the application with all commands, or with no more than the light ones where one of them is asked for."""
    app = typer.Typer(help="一窗（OneWindow）：网上行政审批与电子监察。", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    if asked not in LIGHT:
        from services.console import (  # noqa: PLC0415 - imports all services, which takes seconds
            account_commands,
            backtest_command,
            certificate_commands,
            checkpoint_commands,
            export_command,
            local_commands,
            operate_commands,
            run_commands,
            sender_commands,
            serve_commands,
            stream_commands,
        )
        from services.console.demo import command as demo_command  # noqa: PLC0415

        account_commands.register(app)
        certificate_commands.register(app)
        run_commands.register(app)
        serve_commands.register(app)
        stream_commands.register(app)
        operate_commands.register(app)
        checkpoint_commands.register(app)
        sender_commands.register(app)
        backtest_command.register(app)
        export_command.register(app)
        local_commands.register(app)
        demo_command.register(app)
    clock_commands.register(app)
    return app


def main() -> None:
    """Run the command line."""
    application(*sys.argv[1:2])()


if __name__ == "__main__":
    main()
