-- What senders push, from the moment it is accepted until it is landed; afterwards only that it came, so that a replay
-- is known as one.
create table ops.webhook_event (
    source text not null,
    event_id text not null,
    -- The vendor's type of event, or the canonical table that pushed rows are for.
    kind text not null,
    received_at timestamptz not null default now(),
    -- As it came, without the fields that are never kept; null once it is landed.
    payload text,
    landed_at timestamptz,
    primary key (source, event_id),
    constraint kept_until_landed check ((payload is null) = (landed_at is not null))
);
create index webhook_event_waiting on ops.webhook_event (source, kind, received_at) where landed_at is null;

-- The open route's login writes what is new and can read nothing: `on conflict do nothing` needs no more.
grant usage on schema ops to cs_intake;
grant insert (source, event_id, kind, payload) on ops.webhook_event to cs_intake;
grant select, delete, update (payload, landed_at) on ops.webhook_event to cs_loader;
