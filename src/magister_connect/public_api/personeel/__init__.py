"""What staff see: searching people, log books, lockers."""
