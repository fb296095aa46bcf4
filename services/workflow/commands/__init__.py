"""Workflow's commands and queries, one file for each part of its work; `application` puts them together."""
