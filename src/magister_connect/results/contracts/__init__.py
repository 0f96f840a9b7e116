"""Contracts: what the WSDL of a service means, its requests and responses, and the check of both."""
