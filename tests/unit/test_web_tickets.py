"""Tickets: what they are good for, and where they stand in addresses."""

from __future__ import annotations

from localemr.webui.tickets import SECONDS, Tickets, path_of, split, with_ticket


def test_tickets_are_good_for_their_cluster_and_their_time() -> None:
    tickets = Tickets({"key": "secret"})
    ticket = tickets.issue("j-1", 1000.0)
    assert tickets.good(ticket, "j-1", 1000.0 + SECONDS)
    assert not tickets.good(ticket, "j-1", 1001.0 + SECONDS)
    assert not tickets.good(ticket, "j-2", 1000.0)
    assert not Tickets({"key": "other"}).good(ticket, "j-1", 1000.0)
    later = f"{int(ticket.split('.')[0]) + 1}.{ticket.split('.')[1]}"
    for forged in ("", ".", "x.y", later, ticket + "é", "²." + ticket):
        assert not tickets.good(forged, "j-1", 1000.0)


def test_tickets_in_addresses() -> None:
    assert with_ticket("/a", "t") == "/a?localemr-ticket=t"
    assert with_ticket("/a?b", "t") == "/a?b&localemr-ticket=t"
    assert split(path_of("t").encode() + b"/a//b") == ("t", b"/a//b")
    assert split(path_of("t").encode()) == ("t", b"/")
    assert split(b"/a") == ("", b"/a")
    assert path_of("") == ""
