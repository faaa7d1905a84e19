// Title: Policy warnings
// Question: Which policies and statements do not do what they seem to?
// Parameter: rule (text, default ""): only this rule, as the page on policy warnings names it
// Parameter: level (text, default ""): only errors (`error`) or only notes (`note`)
// Column: account: the account's id
// Column: policy: the policy's name
// Column: level: error or note
// Column: rule: the rule's name
// Column: warning: where and what
// Column: id: the id of the statement, or of the policy where no statement is meant
MATCH (o:Policy)
OPTIONAL MATCH (o)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.lint IS NOT NULL
WITH o, collect(s) AS statements
UNWIND [o] + statements AS marked
UNWIND range(0, size(coalesce(marked.lint, [])) - 1) AS at
WITH o.account AS account, o.name AS policy, marked.lint_levels[at] AS level, marked.lint_rules[at] AS rule,
     marked.lint[at] AS warning, marked.id AS id
WHERE ($rule = '' OR rule = $rule) AND ($level = '' OR level = $level)
RETURN account, policy, level, rule, warning, id
ORDER BY account, policy, id, level, rule, warning
