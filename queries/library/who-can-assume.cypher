// Title: Who can assume a role
// Question: Which principals can assume a role, both sides evaluated?
// Parameter: role (text, example "app"): the role's ARN or name
// Column: role: the role's ARN
// Column: verdict: allowed or depends
// Column: type: the kind of principal
// Column: principal: the principal's ARN
// Column: conditions: what it hangs on
// Column: needs: what the data could not show
// Column: because: the ids of the statements that make it
MATCH (r:Role)<-[c:CAN_ASSUME]-(p:Principal)
WHERE r.arn = $role OR r.name = $role
RETURN r.arn AS role, c.verdict AS verdict, p.type AS type, p.arn AS principal,
       c.conditions AS conditions, c.needs AS needs, c.because AS because
ORDER BY role, verdict, principal
