"""The reference: the least that a Django view does that records a signed-in student's day.

Session, CSRF, user, one INSERT … ON CONFLICT, a small template; the same server, bridge, driver settings and database
as the site, and nothing else of it.
"""
