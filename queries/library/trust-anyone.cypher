// Title: Roles that trust anyone
// Question: Which roles name * as a trusted principal, and what conditions hold them back?
// Column: role: the role's ARN
// Column: actions: the actions that the trust policy allows
// Column: conditions: the statement's condition, as JSON; empty where nothing holds it back
// Column: statement: the statement's id
MATCH (r:Role)-[t:TRUSTS]->(:Anyone)
RETURN r.arn AS role, t.actions AS actions, t.conditions AS conditions, t.statement AS statement
ORDER BY role, statement
