"""`onewindow`: everything an operator does. `onewindow --help` is the manual."""

import typer

from services.console import certificate_commands, clock_commands, run_commands
from services.console.demo import command as demo_command

app = typer.Typer(help="一窗（OneWindow）：网上行政审批与电子监察。", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
certificate_commands.register(app)
clock_commands.register(app)
run_commands.register(app)
demo_command.register(app)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
