"""Send requests to the API of a school and read the responses: tokens, addresses, pages, refusals."""
