namespace gnomon {}
