"""What supervision prints: figures, appraisal and bulletin as PDF, and tables as files that spreadsheets open."""
