"""The pages of intake: the public hall, the applicant's own, and the acceptance desk."""
