"""Bringing over what older products hold: people, teams, KPIs, sales, products.

Each product has a file that reads its database and writes with the functions of our rooms. What was
moved is remembered, so that whoever moves again adds only what is new.
"""
