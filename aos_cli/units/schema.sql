-- The store of a node. Ids are base64url text of 43 characters, times are milliseconds since 1970.

CREATE TABLE item (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  raw    BLOB NOT NULL
);

CREATE TABLE process (
  number             INTEGER PRIMARY KEY,
  id                 TEXT NOT NULL UNIQUE,
  name               TEXT NOT NULL,
  owner              TEXT NOT NULL,
  module_id          TEXT NOT NULL,
  spawned_ms         INTEGER NOT NULL,
  -- The head of the log.
  slots              INTEGER NOT NULL DEFAULT 0,
  last_assignment_id TEXT NOT NULL DEFAULT '',
  hash_chain         BLOB NOT NULL DEFAULT x'',
  timestamp_ms       INTEGER NOT NULL DEFAULT 0,
  -- Slots that have a result. They are evaluated in order, without gaps.
  evaluated          INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX process_by_name ON process (name, owner);
CREATE INDEX process_pending ON process (number) WHERE evaluated < slots;

CREATE TABLE assignment (
  process INTEGER NOT NULL REFERENCES process (number),
  slot    INTEGER NOT NULL,
  message INTEGER NOT NULL REFERENCES item (number),
  -- The signed item is what counts. The columns below it say again what a replay needs of it.
  raw          BLOB NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  block_height INTEGER NOT NULL,
  hash_chain   TEXT NOT NULL,
  -- Names of fields that are left out, with blanks between them.
  exclude      TEXT NOT NULL,
  PRIMARY KEY (process, slot)
) WITHOUT ROWID;
-- A message has one slot in a log, however often it is delivered.
CREATE UNIQUE INDEX assignment_by_message ON assignment (process, message);

CREATE TABLE result (
  process      INTEGER NOT NULL REFERENCES process (number),
  slot         INTEGER NOT NULL,
  text         TEXT NOT NULL,
  failed       INTEGER NOT NULL,
  instructions INTEGER NOT NULL,
  PRIMARY KEY (process, slot)
) WITHOUT ROWID;

CREATE TABLE outbox (
  process    INTEGER NOT NULL REFERENCES process (number),
  slot       INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  message_id TEXT NOT NULL,
  target     TEXT NOT NULL,
  -- Where it stands in the target's log.
  delivered  INTEGER,
  state      TEXT NOT NULL,
  problem    TEXT NOT NULL,
  PRIMARY KEY (process, slot, position, kind, target)
) WITHOUT ROWID;
