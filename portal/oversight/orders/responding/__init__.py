"""How long units 承办单位 take to answer what they were given: reads over orders and their replies."""
