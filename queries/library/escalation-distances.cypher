// Title: Principals by distance to an administrator
// Question: How many principals of each account are how many hops from an administrator?
// Column: account: the account's id
// Column: distance: hops of the best way; 0 for administrators
// Column: verdict: allowed or depends, of the whole way; empty for administrators
// Column: principals: how many there are
MATCH (p:Principal)
WHERE p.loaded = true AND p.distance_to_admin IS NOT NULL
RETURN p.account AS account, p.distance_to_admin AS distance, p.path_verdict AS verdict,
       count(p) AS principals
ORDER BY account, distance, verdict
