// Title: Escalation by technique
// Question: Who can become whom by a technique, beside administrators?
// Parameter: technique (text, default "", example "lambda-001"): only this technique, by its id
// Column: techniques: the ids of the techniques, in order
// Column: verdict: allowed or depends
// Column: principal: the ARN of who can
// Column: target: the ARN of the one that is gained, or administrator:ACCOUNT
MATCH (p:Principal)-[e:CAN_ESCALATE]->(t:Principal)
WHERE ($technique = '' OR $technique IN e.techniques) AND NOT coalesce(p.distance_to_admin, 1) = 0
RETURN e.techniques AS techniques, e.verdict AS verdict, p.arn AS principal, t.arn AS target
ORDER BY techniques, verdict, principal, target
