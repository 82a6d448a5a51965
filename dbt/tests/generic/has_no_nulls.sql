{# One query for all columns that must be filled: a test per column would cost a round trip each. #}
{% test has_no_nulls(model, columns) %}
    select *
    from {{ model }}
    where {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}
