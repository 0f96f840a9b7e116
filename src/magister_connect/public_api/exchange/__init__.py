"""How a request goes to the interface of a school and what its answer means: token, address, pages, refusals."""
