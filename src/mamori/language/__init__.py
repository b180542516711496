"""What people read, in their language: messages that remember what they say, and catalogues that say it otherwise.

English stands in the code. `say("{n} replicas", n=3)` is English text at once, everywhere, and keeps its template and
values, so that whoever shows it to a person (the command line, the report) can say it in another language.
"""
