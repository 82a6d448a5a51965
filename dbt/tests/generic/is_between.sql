{# Not "x < low or x > high" alone: NaN is greater than every number in PostgreSQL, so the upper bound catches it. #}
{% test is_between(model, column_name, low=none, high=none) %}
    select *
    from {{ model }}
    where
        {{ column_name }} = 'NaN'
        {%- if low is not none %} or {{ column_name }} < {{ low }}{% endif %}
        {%- if high is not none %} or {{ column_name }} > {{ high }}{% endif %}
{% endtest %}
