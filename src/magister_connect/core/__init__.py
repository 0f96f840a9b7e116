"""Mechanisms that all services share: flows, drivers, SOAP, JSON, XML, secrets, and conversion of text to values.

This package knows no service and imports none.
"""
