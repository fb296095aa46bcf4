"""What people do in supervision, one file for each part of it; here they are put together."""

from services.supervision.commands.accountability import AccountabilityCommands
from services.supervision.commands.complaints import ComplaintCommands
from services.supervision.commands.disagreements import DisagreementCommands
from services.supervision.commands.logs import LogCommands
from services.supervision.commands.mutual_ratings import MutualRatingCommands
from services.supervision.commands.reviews import ReviewCommands
from services.supervision.commands.spot_checks import SpotCheckCommands
from services.supervision.commands.verifications import VerificationCommands


class Commands(
    VerificationCommands,
    SpotCheckCommands,
    ComplaintCommands,
    ReviewCommands,
    DisagreementCommands,
    MutualRatingCommands,
    AccountabilityCommands,
    LogCommands,
):
    """The commands of supervision; each is a transaction of its own."""
