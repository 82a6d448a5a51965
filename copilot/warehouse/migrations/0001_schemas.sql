-- The rooms of the warehouse and who may enter them.
revoke all on schema public from public;

create schema raw;
create schema quarantine;
create schema staging;
create schema intermediate;
create schema marts;
create schema ml;
create schema ops;
create schema serving;

grant usage on schema raw to cs_loader, cs_transformer, cs_gate;
grant usage on schema quarantine to cs_loader, cs_gate, cs_publisher;
grant usage, create on schema staging, intermediate, marts to cs_transformer;
grant usage on schema staging to cs_gate;
grant usage on schema marts to cs_gate, cs_scorer, cs_decider, cs_publisher;
grant usage on schema ml to cs_scorer, cs_decider, cs_publisher;
grant usage on schema ops
to cs_loader, cs_transformer, cs_gate, cs_scorer, cs_decider, cs_publisher, cs_mailer, cs_feedback;
grant usage on schema serving to cs_publisher, cs_mailer, cs_bi;

-- A source's own schema, raw_<source>, holds its partition of every canonical table. Only the owner of a parent
-- table may attach a partition, so the loader asks this function instead of owning what it fills.
create function raw.ensure_source(source text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    parent record;
    home text := 'raw_' || source;
begin
    if source !~ '^[a-z][a-z0-9_]{0,40}$' then
        raise exception 'source name % must be lower case letters, digits and _', source;
    end if;
    execute format('create schema if not exists %I', home);
    execute format('grant usage on schema %I to cs_loader, cs_transformer, cs_gate', home);
    for parent in
        select c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = 'raw' and c.relkind = 'p'
    loop
        if to_regclass(format('%I.%I', home, parent.relname)) is null then
            execute format(
                'create table %I.%I partition of raw.%I for values in (%L)',
                home, parent.relname, parent.relname, source
            );
            execute format('grant select, insert, update, delete on %I.%I to cs_loader', home, parent.relname);
            execute format('grant select on %I.%I to cs_transformer, cs_gate', home, parent.relname);
        end if;
    end loop;
end
$$;
revoke all on function raw.ensure_source(text) from public;
grant execute on function raw.ensure_source(text) to cs_loader;
