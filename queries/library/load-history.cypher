// Title: History of loads
// Question: What was loaded and taken out, when, and from which files?
// Column: when: when it was done
// Column: what: load or removal
// Column: accounts: the ids of the accounts that were written anew or taken out
// Column: sources: the names of the files and folders that were given
// Column: counts: how many of what were loaded, as JSON; empty for a removal
MATCH (c:Change)
RETURN c.when AS when, c.what AS what, c.accounts AS accounts, coalesce(c.sources, []) AS sources,
       coalesce(c.counts, '') AS counts
ORDER BY when DESC, what
