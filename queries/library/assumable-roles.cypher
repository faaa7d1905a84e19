// Title: Roles that a principal can assume
// Question: Which roles can a principal assume in one step?
// Parameter: principal (text, example "alice"): the principal's ARN or name
// Column: principal: the principal's ARN
// Column: verdict: allowed or depends
// Column: role: the role's ARN
// Column: admin: whether the role is an administrator
// Column: conditions: what it hangs on
// Column: needs: what the data could not show
MATCH (p:Principal)-[c:CAN_ASSUME]->(r:Role)
WHERE p.arn = $principal OR p.name = $principal
RETURN p.arn AS principal, c.verdict AS verdict, r.arn AS role, r:Admin AS admin,
       c.conditions AS conditions, c.needs AS needs
ORDER BY principal, verdict, role
