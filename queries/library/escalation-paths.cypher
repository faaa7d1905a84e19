// Title: Ways to an administrator
// Question: Which is the best way of each principal to become an administrator, hop by hop?
// Parameter: account (text, default ""): only principals of this account
// Column: principal: the principal's ARN
// Column: verdict: allowed or depends, of the whole way
// Column: distance: how many hops it takes
// Column: techniques: the ids of the first hop's techniques
// Column: way: the ARNs, or administrator:ACCOUNT, that it comes to one after the other, eight at most
MATCH (p:Principal)
WHERE p.distance_to_admin > 0 AND ($account = '' OR p.account = $account)
OPTIONAL MATCH (h1:Principal {arn: p.next_hop})
OPTIONAL MATCH (h2:Principal {arn: h1.next_hop})
OPTIONAL MATCH (h3:Principal {arn: h2.next_hop})
OPTIONAL MATCH (h4:Principal {arn: h3.next_hop})
OPTIONAL MATCH (h5:Principal {arn: h4.next_hop})
OPTIONAL MATCH (h6:Principal {arn: h5.next_hop})
OPTIONAL MATCH (h7:Principal {arn: h6.next_hop})
WITH p, [p.next_hop, h1.next_hop, h2.next_hop, h3.next_hop, h4.next_hop, h5.next_hop, h6.next_hop,
         h7.next_hop] AS hops
RETURN p.arn AS principal, p.path_verdict AS verdict, p.distance_to_admin AS distance,
       p.next_techniques AS techniques, [hop IN hops WHERE hop IS NOT NULL] AS way
ORDER BY verdict, distance, principal
