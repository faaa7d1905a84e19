// Title: What a wildcard stands for
// Question: Which actions does a pattern in use stand for?
// Parameter: pattern (text, example "s3:Get*"): the pattern as statements write it, any case
// Column: action: the action
// Column: access_level: its access level
// Column: description: what it does
MATCH (pattern:ActionPattern)-[:MATCHES]->(a:Action)
WHERE toLower(pattern.pattern) = toLower($pattern)
RETURN DISTINCT a.name AS action, a.access_level AS access_level, a.description AS description
ORDER BY action
