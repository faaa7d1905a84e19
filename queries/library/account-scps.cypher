// Title: SCPs and RCPs over accounts
// Question: Which service and resource control policies bind an account, and where do they hang?
// Parameter: account (text, default ""): only this account
// Column: account: the account's id
// Column: as: scp or rcp
// Column: place: the root, organizational unit or account that the policy is attached to
// Column: place_name: that place's name
// Column: name: the policy's name
// Column: policy: the policy's id
MATCH (account:Account)-[:IN*0..8]->(place)-[t:ATTACHED]->(o:Policy)
WHERE t.as IN ['scp', 'rcp'] AND ($account = '' OR account.id = $account)
RETURN DISTINCT account.id AS account, t.as AS as, place.id AS place, place.name AS place_name,
       o.name AS name, o.id AS policy
ORDER BY account, as, place, name
