CREATE TABLE ad_entity_names (
    workspace_id integer not null references workspaces (id),
    source text not null,
    level text not null check (level in ('campaign', 'ad_group', 'ad', 'keyword')),
    external_id text not null,
    name text not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    primary key (workspace_id, source, level, external_id, name)
) strict;

CREATE TABLE annotations (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    day integer not null,
    at integer,
    text text not null,
    channel_id integer,
    campaign text not null,
    author_id integer references users (id),
    created_at integer not null,
    archived_at integer,
    version integer not null,
    foreign key (workspace_id, channel_id) references channels (workspace_id, id)
) strict;

CREATE TABLE api_keys (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    prefix text not null,
    key_hash blob not null unique,
    scopes text not null,
    created_at integer not null,
    last_used_at integer,
    revoked_at integer
) strict;

CREATE TABLE channel_rule_versions (
    workspace_id integer not null references workspaces (id),
    version integer not null,
    rules text not null,
    author_id integer references users (id),
    note text not null,
    created_at integer not null,
    primary key (workspace_id, version)
) strict;

CREATE TABLE channel_rules (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null,
    foreign key (workspace_id, version) references channel_rule_versions (workspace_id, version)
) strict;

CREATE TABLE channels (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    parent_id integer,
    name text not null,
    kind text not null,
    colour integer not null check (colour between 0 and 9),
    position integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, parent_id) references channels (workspace_id, id)
) strict;

CREATE TABLE cost_declarations (
    id integer primary key autoincrement,
    workspace_id integer not null,
    import_id integer not null,
    platform text not null,
    source text not null,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    created_at integer not null,
    undone_at integer,
    unique (workspace_id, id),
    unique (import_id, platform, source),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE TABLE cost_rows (
    id integer primary key autoincrement,
    workspace_id integer not null,
    declaration_id integer not null,
    day integer not null,
    source text not null,
    medium text not null,
    campaign text not null,
    ad_group text not null,
    ad text not null,
    keyword text not null,
    click_id text,
    referrer text not null,
    default_channel text not null,
    channel_id integer,
    impressions integer not null,
    clicks integer not null,
    cost_micros integer not null,
    vat_micros integer not null,
    original_micros integer not null,
    original_currency text not null,
    foreign key (workspace_id, declaration_id) references cost_declarations (workspace_id, id)
) strict;

CREATE TABLE deal_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    deal_id integer not null,
    at integer not null,
    recorded_at integer not null,
    field text not null,
    old_value text,
    new_value text,
    author_id integer references users (id),
    foreign key (workspace_id, deal_id) references deals (workspace_id, id)
) strict;

CREATE TABLE deal_posted (
    workspace_id integer not null,
    deal_id integer not null,
    deals integer not null,
    sales integer not null,
    customers integer not null,
    revenue_micros integer not null,
    vat_micros integer not null,
    refunds_micros integer not null,
    cost_of_goods_micros integer not null,
    postings integer not null,
    primary key (workspace_id, deal_id),
    foreign key (workspace_id, deal_id) references deals (workspace_id, id)
) strict;

CREATE TABLE deal_status_maps (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null
) strict;

CREATE TABLE deal_statuses (
    workspace_id integer not null references workspaces (id),
    status text not null,
    status_group text not null
    check (status_group in ('not_counted', 'in_work', 'paid', 'cancelled')),
    primary key (workspace_id, status)
) strict;

CREATE TABLE deals (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    external_id text not null,
    title text not null,
    status text not null,
    amount_micros integer not null,
    cost_of_goods_micros integer not null,
    currency text not null,
    created_at integer not null,
    paid_at integer,
    recorded_at integer not null,
    lead_id integer,
    visitor_id integer,
    visit_id integer,
    person_id integer,
    link_method text not null,
    declared text,
    traffic_key integer,
    import_id integer,
    search text not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE TABLE exchange_rates (
    workspace_id integer not null references workspaces (id),
    from_currency text not null,
    to_currency text not null,
    day integer not null,
    rate_micros integer not null check (rate_micros > 0),
    primary key (workspace_id, from_currency, to_currency, day)
) strict;

CREATE TABLE idempotency_keys (
    workspace_id integer not null references workspaces (id),
    key text not null,
    request_hash blob not null,
    response_status integer,
    response_body blob,
    created_at integer not null,
    primary key (workspace_id, key)
) strict;

CREATE TABLE identities (
    workspace_id integer not null,
    kind text not null check (kind in ('phone', 'email')),
    value text not null,
    person_id integer not null,
    created_at integer not null,
    primary key (workspace_id, kind, value),
    foreign key (workspace_id, person_id) references persons (workspace_id, id)
) strict;

CREATE TABLE import_rejections (
    id integer primary key autoincrement,
    workspace_id integer not null,
    import_id integer not null,
    row integer not null,
    field text,
    code text not null,
    detail text not null,
    cells text not null,
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE TABLE imports (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    content_hash blob not null,
    options text not null,
    author_id integer references users (id),
    state text not null check (state in ('queued', 'running', 'done', 'failed', 'undone')),
    rows_total integer not null,
    rows_done integer not null,
    rows_accepted integer not null,
    rows_rejected integer not null,
    rows_changed integer not null,
    rows_unchanged integer not null,
    first_day integer,
    last_day integer,
    amount_micros integer,
    currency text,
    error text,
    created_at integer not null,
    finished_at integer,
    unique (workspace_id, id)
) strict;

CREATE TABLE jobs (
    id integer primary key autoincrement,
    workspace_id integer references workspaces (id),
    kind text not null,
    payload text not null,
    run_after integer not null,
    lease_until integer,
    attempts integer not null,
    last_error text,
    created_at integer not null,
    failed_at integer
) strict;

CREATE TABLE lead_requests (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    door text not null,
    body blob not null,
    headers text not null,
    received_at integer not null,
    state text not null check (state in ('received', 'done', 'failed')),
    lead_id integer,
    error text
) strict;

CREATE TABLE lead_status_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    lead_id integer not null,
    at integer not null,
    from_status text,
    to_status text not null,
    author_id integer references users (id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id)
) strict;

CREATE TABLE leads (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    external_id text,
    at integer not null,
    recorded_at integer not null,
    name text not null,
    phone text not null,
    phone_e164 text,
    email text not null,
    email_norm text,
    message text not null,
    fields text not null,
    form text not null,
    page text not null,
    visit_id integer,
    visitor_id integer,
    click_id blob,
    link_method text not null,
    declared text,
    traffic_key integer,
    status text not null,
    duplicate_of integer,
    person_id integer,
    request_id integer references lead_requests (id),
    import_id integer,
    search text not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, duplicate_of) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE TABLE links (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    slug text not null unique,
    name text not null,
    target text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    ad_group text not null,
    ad text not null,
    keyword text not null,
    settings text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null
) strict;

CREATE TABLE login_attempts (
    bucket text not null primary key,
    failures integer not null,
    started_at integer not null
) strict;

CREATE TABLE manual_costs (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    channel_id integer,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    amount_micros integer not null,
    currency text not null,
    per text not null check (per in ('day', 'month', 'once')),
    mark_up_bp integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    foreign key (workspace_id, channel_id) references channels (workspace_id, id)
) strict;

CREATE TABLE memberships (
    workspace_id integer not null references workspaces (id),
    user_id integer not null references users (id),
    role text not null,
    created_at integer not null,
    primary key (workspace_id, user_id)
) strict;

CREATE TABLE meta (
    key text not null primary key,
    value blob not null
) strict;

CREATE TABLE outbox (
    id integer primary key autoincrement,
    fact_id blob not null unique,
    payload blob not null,
    created_at integer not null
) strict;

CREATE TABLE payments (
    id integer primary key autoincrement,
    workspace_id integer not null,
    external_id text not null,
    deal_id integer not null,
    at integer not null,
    recorded_at integer not null,
    amount_micros integer not null,
    currency text not null,
    kind text not null check (kind in ('payment', 'refund', 'chargeback')),
    import_id integer,
    archived_at integer,
    version integer not null,
    foreign key (workspace_id, deal_id) references deals (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE TABLE persons (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    created_at integer not null,
    unique (workspace_id, id)
) strict;

CREATE TABLE sessions (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    token_hash blob not null unique,
    created_at integer not null,
    last_used_at integer not null,
    expires_at integer not null,
    user_agent text not null,
    ip_trunc text not null
) strict;

CREATE TABLE sites (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    public_key text not null unique,
    name text not null,
    domain text not null,
    allowed_hosts text not null,
    consent_mode text not null check (consent_mode in ('cookie', 'cookieless', 'ask')),
    script_path text not null unique,
    events_path text not null unique,
    settings text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null
) strict;

CREATE TABLE uploads (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    path text not null,
    size_bytes integer not null,
    created_at integer not null
) strict;

CREATE TABLE users (
    id integer primary key autoincrement,
    email text not null unique,
    name text not null,
    language text not null,
    password_hash text not null,
    created_at integer not null,
    version integer not null
) strict;

CREATE TABLE workspaces (
    id integer primary key autoincrement,
    name text not null,
    time_zone text not null,
    currency text not null,
    week_start text not null check (week_start in ('monday', 'sunday')),
    vat_mode text not null check (vat_mode in ('net', 'gross')),
    vat_rate_bp integer not null,
    default_country text not null,
    lead_dedupe_days integer not null,
    settings text not null,
    created_at integer not null,
    version integer not null
) strict;

CREATE INDEX annotations_by_day on annotations (workspace_id, day, id);

CREATE INDEX api_keys_by_workspace on api_keys (workspace_id, id);

CREATE UNIQUE INDEX channels__name on channels (workspace_id, coalesce(parent_id, 0), name)
where archived_at is null;

CREATE INDEX cost_declarations_by_scope
on cost_declarations (workspace_id, platform, source, last_day) where undone_at is null;

CREATE INDEX cost_rows_by_day on cost_rows (workspace_id, day, id);

CREATE INDEX cost_rows_by_declaration on cost_rows (workspace_id, declaration_id, day, id);

CREATE INDEX deal_history_by_deal on deal_history (workspace_id, deal_id, at, id);

CREATE UNIQUE INDEX deals__external_id on deals (workspace_id, external_id)
where archived_at is null;

CREATE INDEX deals_by_import on deals (workspace_id, import_id) where import_id is not null;

CREATE INDEX deals_by_lead on deals (workspace_id, lead_id) where lead_id is not null;

CREATE INDEX deals_by_person on deals (workspace_id, person_id) where person_id is not null;

CREATE INDEX deals_by_status on deals (workspace_id, status, id);

CREATE INDEX deals_by_time on deals (workspace_id, created_at, id);

CREATE INDEX idempotency_keys_by_age on idempotency_keys (created_at);

CREATE INDEX identities_by_person on identities (workspace_id, person_id);

CREATE INDEX import_rejections_by_import on import_rejections (workspace_id, import_id, row, id);

CREATE INDEX imports_by_content on imports (workspace_id, content_hash);

CREATE INDEX imports_by_time on imports (workspace_id, created_at, id);

CREATE INDEX jobs_due on jobs (run_after, id) where failed_at is null;

CREATE INDEX lead_requests_open on lead_requests (id) where state = 'received';

CREATE INDEX lead_status_history_by_lead on lead_status_history (workspace_id, lead_id, at, id);

CREATE UNIQUE INDEX leads__external_id on leads (workspace_id, external_id)
where archived_at is null;

CREATE INDEX leads_by_duplicate on leads (workspace_id, duplicate_of)
where duplicate_of is not null;

CREATE INDEX leads_by_email on leads (workspace_id, email_norm, at) where email_norm is not null;

CREATE INDEX leads_by_import on leads (workspace_id, import_id) where import_id is not null;

CREATE INDEX leads_by_person on leads (workspace_id, person_id) where person_id is not null;

CREATE INDEX leads_by_phone on leads (workspace_id, phone_e164, at) where phone_e164 is not null;

CREATE INDEX leads_by_time on leads (workspace_id, at, id);

CREATE INDEX links_by_workspace on links (workspace_id, created_at, id);

CREATE INDEX login_attempts_by_start on login_attempts (started_at);

CREATE INDEX manual_costs_by_workspace on manual_costs (workspace_id, id);

CREATE INDEX memberships_by_user on memberships (user_id, workspace_id);

CREATE UNIQUE INDEX payments__external_id on payments (workspace_id, external_id)
where archived_at is null;

CREATE INDEX payments_by_deal on payments (workspace_id, deal_id, at, id);

CREATE INDEX payments_by_import on payments (workspace_id, import_id) where import_id is not null;

CREATE INDEX payments_by_time on payments (workspace_id, at, id);

CREATE INDEX sessions_by_expiry on sessions (expires_at);

CREATE INDEX sessions_by_user on sessions (user_id, id);

CREATE INDEX sites_by_workspace on sites (workspace_id, id);

CREATE INDEX uploads_by_age on uploads (created_at);
