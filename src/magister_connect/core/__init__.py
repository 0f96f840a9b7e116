"""What every service stands on: flows and the drivers that run them, SOAP, JSON and XML, secrets, and text to values.

Nothing here knows a service, and nothing here imports one.
"""
