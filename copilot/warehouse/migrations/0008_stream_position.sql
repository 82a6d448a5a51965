-- Where each stream of an HTTP source stands; a file has its row in ops.landing_cursor.
create table ops.stream_position (
    source text not null,
    stream text not null,
    -- Where the next window begins, in the vendor's own terms; null where every window reads everything.
    ends text,
    -- When everything was last read: what is deleted in between shows only then.
    read_whole_at timestamptz not null,
    primary key (source, stream)
);
grant select, insert, update on ops.stream_position to cs_loader;
