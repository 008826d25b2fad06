-- One large tenant beside small ones, campaigns of a twentieth of all, and three events for each message, spread over the partitions.
INSERT INTO tenants (id, slug, name, time_zone, ip_policy, allowed_hosts, accepts_unsigned_ids, next_email_id, created_at)
SELECT n, 'tenant-' || n, 'T', 'UTC', 'truncate', '[]', false, 1, 0 FROM generate_series(1, 5) n;

INSERT INTO campaigns (id, tenant_id, name, tags, created_at, updated_at)
SELECT n, CASE WHEN n % 5 = 0 THEN 2 + n % 4 ELSE 1 END, 'Campaign ' || n, '[]', :start, :start FROM generate_series(1, 20) n;

INSERT INTO links (tenant_id, campaign_id, url, url_hash, created_at)
SELECT tenant_id, id, 'https://example.com/' || n, md5(n || '-' || id), :start FROM campaigns, generate_series(1, 5) n;

INSERT INTO messages (id, tenant_id, campaign_id, token, recipient_email, external_id, provider_message_id, is_test, is_tracked,
                      created_at, updated_at, status, sent_at, opened_at, opens, clicks)
SELECT n, c.tenant_id, c.id, md5(n::text), 'r' || n % (:messages / 2 + 1) || '@example.com', 'x' || n, 'p' || n, false, true,
       :start, :start, (ARRAY['sent', 'delivered', 'opened', 'bounced'])[1 + n % 4], :start, :start, 1, 1
FROM generate_series(1, :messages) n JOIN campaigns c ON c.id = 1 + n::bigint * 20 / (:messages + 1);

INSERT INTO message_events (id, tenant_id, campaign_id, message_id, type, occurred_at, received_at, source, verdict, is_counted, reasons,
                            rules, visitor)
SELECT m.id * 3 + n, m.tenant_id, m.campaign_id, m.id, (ARRAY['sent', 'opened', 'clicked'])[n + 1], at, at, 'pixel', 'human', true, '', 1, m.id
FROM messages m, generate_series(0, 2) n, LATERAL (SELECT :start + (m.id * 3 + n) * (:width / :messages / 4) AS at) t;

INSERT INTO link_clicks (message_id, link_id, tenant_id, campaign_id, first_at, clicks, human_clicks)
SELECT m.id, l.id, m.tenant_id, m.campaign_id, :start, 1, 1 FROM messages m
JOIN LATERAL (SELECT id FROM links WHERE campaign_id = m.campaign_id ORDER BY id LIMIT 1) l ON true WHERE m.id % 30 = 0;

INSERT INTO bounces (id, tenant_id, campaign_id, message_id, recipient_email, address, domain, bounce_type, category, is_hard, reason, source,
                     occurred_at)
SELECT id * 3, tenant_id, campaign_id, id, recipient_email, recipient_email, 'example.com', 'permanent', 'user_unknown', true, '550 no', 'smtp',
       :start + id * (:width / :messages) FROM messages WHERE id % 10 = 0;

INSERT INTO suppressions (tenant_id, address, email, why, source, note, since, entries)
SELECT tenant_id, address, address, 'hard_bounce', 'event', '', 0, '[]' FROM bounces GROUP BY tenant_id, address;

INSERT INTO campaign_stats (tenant_id, campaign_id, sent, opens) SELECT tenant_id, campaign_id, count(*), count(*) FROM messages GROUP BY 1, 2;

INSERT INTO message_quarters (tenant_id, campaign_id, quarter, created)
SELECT tenant_id, id, :start + n * 900000000::bigint, 9 FROM campaigns, generate_series(0, 400) n;

INSERT INTO cohort_quarters (tenant_id, campaign_id, quarter, sent)
SELECT tenant_id, id, :start + n * 900000000::bigint, 9 FROM campaigns, generate_series(0, 400) n;

INSERT INTO event_quarters (tenant_id, campaign_id, quarter, opens)
SELECT tenant_id, id, :start + n * 900000000::bigint, 9 FROM campaigns, generate_series(0, 400) n;

ANALYZE;
