// Title: Escalation that needs something
// Question: Which ways from one principal to another need a thing that the data doesn't show?
// Column: principal: the ARN of who could
// Column: target: the ARN of the one that would be gained, or administrator:ACCOUNT
// Column: techniques: the ids of the techniques, in order
// Column: needs: what the data doesn't show
MATCH (p:Principal)-[e:CAN_ESCALATE]->(t:Principal)
WHERE size(coalesce(e.needs, [])) > 0
RETURN p.arn AS principal, t.arn AS target, e.techniques AS techniques, e.needs AS needs
ORDER BY principal, target, techniques
