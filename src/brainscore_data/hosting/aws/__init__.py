"""A store on AWS, set up: policies and a template that write nothing, compared with what is there."""
