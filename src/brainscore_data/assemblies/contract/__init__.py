"""What readers rely on in an assembly: names, attributes, values, conformed and checked."""
