-- When the file was last written, in nanoseconds: while size and time stand, its content is not read again.
-- Null: it was written so shortly before it was read that another write may carry the same time.
alter table ops.landing_cursor add column modified_ns bigint;
