"""Processes in which a stranger's file is parsed: limited, without secrets, answering in JSON."""
