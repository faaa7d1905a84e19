// Title: Administrators in one step
// Question: Who can assume a role that is an administrator?
// Column: principal: the principal's ARN
// Column: role: the administrator role's ARN
// Column: verdict: allowed or depends
// Column: conditions: what it hangs on
// Column: needs: what the data could not show
MATCH (r:Admin:Role)<-[c:CAN_ASSUME]-(p:Principal)
WHERE NOT p:Admin
RETURN p.arn AS principal, r.arn AS role, c.verdict AS verdict, c.conditions AS conditions,
       c.needs AS needs
ORDER BY role, verdict, principal
