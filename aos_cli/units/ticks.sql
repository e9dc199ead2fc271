-- What crons bring about: tables of their own, which a store from before there were crons gets when it is opened.

-- A row for each tick that was evaluated. All of it can be derived from the log, as results can.
CREATE TABLE tick (
  slot         INTEGER NOT NULL, -- key of the slot that it comes behind
  number       INTEGER NOT NULL, -- 1, 2, 3 ... behind that slot
  cron         TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  result       TEXT NOT NULL,
  failed       INTEGER NOT NULL,
  instructions INTEGER NOT NULL,
  deliveries   TEXT,             -- as JSON; NULL when there was nothing to deliver, or nobody wanted it
  PRIMARY KEY (slot, number)
) WITHOUT ROWID;

-- The tick whose outbox brought the message of a slot, where a tick did: `slot.cause` has the key of the slot in front.
CREATE TABLE tick_cause (
  slot   INTEGER PRIMARY KEY,
  number INTEGER NOT NULL
);

-- The processes of which somebody wants that what their ticks send is delivered.
CREATE TABLE monitor (
  process  INTEGER PRIMARY KEY,
  since_ms INTEGER NOT NULL, -- later ticks are delivered
  due_ms   INTEGER NOT NULL  -- the next one, as far as it is known
);
-- Whoever serves asks twenty times a second.
CREATE INDEX monitor_by_due ON monitor (due_ms);

-- How many slots of a process were evaluated before there were crons: no tick comes between these.
CREATE TABLE untimed (
  process INTEGER PRIMARY KEY,
  slots   INTEGER NOT NULL
);
