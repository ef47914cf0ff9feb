"""Where a source declares `event_id`, an id counts once: which rows are events, and which are bad data."""

from oracle.order import rank


def content(row, columns):
    """All columns of the source in declared order, whichever a view reads."""
    return [rank(row[column]) for column in columns]


def counted_once(rows, event_id, columns, event_time="event_time"):
    """(rows that count, conflicting duplicates, rows without an id).

    Of the rows of one id the smallest content counts; one that is equal to it is the same event again, and no bad data.
    A row without a usable event time is bad data for that reason, and takes no id from another.
    """
    by_id, without = {}, []
    for row in rows:
        if row[event_time] is None:
            continue
        if row[event_id] is None:
            without.append(row)
        else:
            by_id.setdefault(row[event_id], []).append(row)
    counted, conflicting = [], []
    for same_id in by_id.values():
        smallest = min(same_id, key=lambda row: content(row, columns))
        counted.append(smallest)
        conflicting += [row for row in same_id if content(row, columns) != content(smallest, columns)]
    return counted, conflicting, without
