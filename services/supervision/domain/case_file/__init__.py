"""The file of a case or of an item: every fact heard of it, every light and card raised of it, and how each was answered. Nothing is ever taken out."""

from services.supervision.domain.case_file.answered import AnsweredFile
from services.supervision.domain.case_file.complained import ComplainedFile


class CaseFile(AnsweredFile, ComplainedFile):
    """One case, or one item of the catalogue, as supervision sees it. Its id is the case's or the item's."""

    TOPIC = "supervision.CaseFile"
