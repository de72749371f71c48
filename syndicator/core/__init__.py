"""Pure decisions: values in, values out. No clock, network, SQL, environment or randomness; import contracts say so."""
