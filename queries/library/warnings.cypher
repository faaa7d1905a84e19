// Title: Warnings
// Question: What is wrong with what was loaded, or could not be read?
// Column: what: the kind of thing
// Column: id: its ARN or id
// Column: warning: what is wrong with it
MATCH (n:Account)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'account' AS what, n.id AS id, warning
UNION ALL
MATCH (n:Principal)
UNWIND coalesce(n.warnings, []) AS warning
RETURN n.type AS what, n.arn AS id, warning
UNION ALL
MATCH (n:Group)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'group' AS what, n.arn AS id, warning
UNION ALL
MATCH (n:InstanceProfile)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'instance profile' AS what, n.arn AS id, warning
UNION ALL
MATCH (n:Policy)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'policy' AS what, n.id AS id, warning
UNION ALL
MATCH (n:PolicyVersion)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'policy version' AS what, n.id AS id, warning
UNION ALL
MATCH (n:Statement)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'statement' AS what, n.id AS id, warning
UNION ALL
MATCH (n:Resource)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'resource' AS what, n.arn AS id, warning
UNION ALL
MATCH (n:Organization)
UNWIND coalesce(n.warnings, []) AS warning
RETURN 'organization' AS what, n.id AS id, warning
